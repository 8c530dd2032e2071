export const mine = {
  mine: {
    title: "My opportunities",
    hint: "The most promising first.",
    call: "To call",
    contacted: "Contacted",
    all: "All",
    score: "Score {score, number}",
    none: "Nothing here",
    noneHint: "When somebody assigns you an opportunity, it shows here.",
  },
};
