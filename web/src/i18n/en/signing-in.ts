export const signingIn = {
  signIn: {
    title: "Sign in",
    subtitle: "Deals out your leads",
    expired: "Your session has ended. Sign in again to go on.",
    email: "Email",
    password: "Password",
    showPassword: "Show the password",
    submit: "Sign in",
  },
  firstRun: {
    title: "Welcome to Reparto",
    hint: "Nobody is here yet. Make the first administrator: you.",
    token: "One-time token",
    tokenHint: "The service printed it when it started. It works once.",
    name: "Your name",
    email: "Email",
    password: "Password",
    passwordHint: "8 to 72 characters.",
    showPassword: "Show the password",
    submit: "Make the administrator and sign in",
  },
};
