import type { agents as english } from "../en/agents";

export const agents: typeof english = {
  agents: {
    title: "Agentes",
    hint: "Lo que cada uno tiene por trabajar, lo que ha recibido hoy y cómo han ido estas dos semanas.",
    trend: "Recibidas por día",
    trendHint: "{total, number} en {days, number} días",
    trendNone: "No se ha asignado nada en estos {days, number} días. Aquí aparece lo que asigne o reparta.",
    days: "Últimos {days, number} días",
    name: "Nombre",
    role: "Rol",
    open: "Por trabajar",
    today: "Hoy / cupo",
    ofQuota: "{today, number} / {quota, number}",
    over: "supera el cupo",
    actions: "Acciones",
    handOver: "Traspasar…",
    handOverName: "Traspasar lo que tiene {name}",
    nothing: "No hay nada que traspasar.",
    none: "No hay agentes",
    noneHint: "Cree un usuario con rol de agente, abogado o administrador.",
  },
};
