import type { mine as english } from "../en/mine";

export const mine: typeof english = {
  mine: {
    title: "Mis oportunidades",
    hint: "Las más prometedoras primero.",
    call: "Por llamar",
    contacted: "Contactadas",
    all: "Todas",
    score: "Puntuación {score, number}",
    none: "No hay oportunidades",
    noneHint: "Las oportunidades que le asignen aparecerán aquí.",
  },
};
