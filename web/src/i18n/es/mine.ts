import type { mine as english } from "../en/mine";

export const mine: typeof english = {
  mine: {
    title: "Mis oportunidades",
    hint: "Las más prometedoras primero.",
    call: "Por llamar",
    contacted: "Contactadas",
    all: "Todas",
    score: "Puntuación {score, number}",
    none: "Aquí no hay nada",
    noneHint: "Cuando alguien le asigne una oportunidad, aparecerá aquí.",
  },
};
