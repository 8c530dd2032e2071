import type { deal as english } from "../en/deal";

export const deal: typeof english = {
  deal: {
    title: "Repartir",
    hint: "Cada agente recibe tantas oportunidades libres como usted diga: las mejores por turnos, o al azar.",
    how: "Cómo",
    byScore: "Las mejores",
    atRandom: "Al azar",
    byScoreHint: "Por puntuación, una a una por turnos.",
    atRandomHint: "Cada oportunidad libre tiene la misma probabilidad.",
    priority: "Prioridad",
    all: "Todas",
    clearOne: "Borrar",
    detected: "Detectadas",
    anyDay: "Cualquier día",
    minScore: "Puntuación mínima",
    maxScore: "Puntuación máxima",
    free: "{count, plural, =0 {No hay ninguna libre} one {Hay una libre} other {Hay # libres}}",
    agents: "Agentes",
    shares: "Cuántas recibe cada uno",
    agent: "Agente",
    number: "Número",
    numberFor: "Número para {name}",
    remove: "Quitar",
    removeName: "Quitar a {name}",
    tooMany:
      "Ha pedido {total, number}, pero solo hay {available, number} libres: los últimos de la lista reciben menos.",
    submit: "Repartir {count}",
  },
};
