import type { assigning as english } from "../en/assigning";

export const assigning: typeof english = {
  picker: {
    placeholder: "Escriba un nombre",
    nobody: "Nadie con ese nombre",
    clear: "Quitar a todos",
    open: "{count, number} por trabajar",
    today: "{today, number} de {quota, number} hoy",
  },
  assign: {
    title: "Asignar {count, plural, one {una oportunidad} other {# oportunidades}}",
    handOver: "Traspasar lo que tiene {name}",
    hint: "{count, plural, one {Elija quién la recibe.} other {Elija a una o varias personas. Las oportunidades se reparten por turnos, para que todos reciban el mismo número y de calidad parecida.}}",
    hintWhole: "Todo lo que coincide va a una persona. Para repartirlo entre varias, limite la lista a 10.000 o menos.",
    to: "A quién",
    preview: "Cuántas recibe cada uno",
    agent: "Agente",
    gets: "Recibe",
    today: "Hoy / cupo",
    ofQuota: "{after, number} / {quota, number}",
    over: "supera el cupo",
    takenTitle: "{count, plural, one {Una ya está asignada} other {# ya están asignadas}}",
    takenFrom: "{count, number} de {name}",
    andMore: "y de {count, plural, one {una persona} other {# personas}} más",
    note: "Nota",
    noteHint: "Se añade a las notas de cada oportunidad.",
    doNotContact:
      "Incluir a {count, plural, one {una persona que pidió} other {# personas que pidieron}} no ser {count, plural, one {contactada} other {contactadas}}",
    doNotContactHint: "Si no, se quedan como están y se le indica cuáles son.",
    skipReassigned: "Omitir las que se hayan reasignado entretanto",
    skipReassignedHint:
      "Se quedan con quien las tiene ahora, y se le indica cuáles son. Si ha seleccionado más de 100, no se asigna nada hasta que usted decida.",
    assignAnyway: "Para asignarlas de todos modos, quite la marca de la casilla.",
    close: "Cerrar",
    submit: "Asignar {count, number}",
    submitHandOver: "Traspasar {count, number}",
  },
  run: {
    progress: "Progreso",
    stop: "Parar",
    cancel: "Cancelar",
    changed:
      "{count, plural, one {Una se ha} other {# se han}} reasignado desde que vio la lista. No se ha hecho nada: revise la lista y vuelva a intentarlo.",
  },
  setStatus: {
    title: "Cambiar el estado de {count, plural, one {una oportunidad} other {# oportunidades}}",
    hint: "Quien las tiene las conserva.",
    status: "Estado nuevo",
    choose: "Elija uno",
    close: "Cerrar",
    submit: "Cambiar {count, number}",
  },
  unassign: {
    title: "¿Retirar {count, plural, one {una oportunidad} other {# oportunidades}}?",
    hint: "Quedan libres. Las que solo estaban asignadas vuelven a pendiente; cualquier otro estado se conserva.",
    from: "{count, number} de {name}",
    fromNobody: "Ninguna está asignada a nadie.",
    cancel: "Cancelar",
    submit: "Retirar {count, number}",
  },
  result: {
    title: "Resultado",
    assigned:
      "{count, plural, =0 {No se ha asignado ninguna} one {Se ha asignado una oportunidad} other {Se han asignado # oportunidades}}",
    unassigned:
      "{count, plural, =0 {No se ha retirado ninguna} one {Se ha retirado una oportunidad} other {Se han retirado # oportunidades}}",
    statusSet:
      "{count, plural, =0 {No se ha cambiado nada} one {Se ha cambiado una oportunidad} other {Se han cambiado # oportunidades}}",
    cancelled: "Usted lo ha parado: {count, plural, one {queda una} other {quedan #}} sin tocar.",
    seeJob: "Ver el trabajo",
    agentGot: "{name}: {count, number}",
    stopped: "Se ha interrumpido: {reason}",
    failedItems: "{count, plural, one {Una se queda como estaba} other {# se quedan como estaban}}",
    includeDoNotContact:
      "Asignar también {count, plural, one {la de quien pidió no ser contactado} other {las # de quienes pidieron no ser contactados}}",
    retryAssign: "Asignarlas de todos modos",
    retryUnassign: "Retirarlas de todos modos",
    retryStatus: "Reintentar estas",
    undo: "Deshacer",
    undone: "{count, plural, one {Una oportunidad ha vuelto} other {# oportunidades han vuelto}} a su estado anterior",
    undonePartly:
      "{count, number} han vuelto a su estado anterior; {failed, number} han cambiado después y se quedan como están",
    andMore: "y {count, number} más",
    close: "Cerrar",
  },
};
