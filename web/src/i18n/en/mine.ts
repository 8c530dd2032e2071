export const mine = {
  mine: {
    title: "My opportunities",
    hint: "Most promising first.",
    call: "To call",
    contacted: "Contacted",
    all: "All",
    score: "Score {score, number}",
    none: "No opportunities",
    noneHint: "Opportunities assigned to you appear here.",
  },
};
