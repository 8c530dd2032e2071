export const auth = {
  signIn: {
    title: "Sign in",
    subtitle: "Lead distribution",
    expired: "Your session has ended. Sign in again to continue.",
    email: "Email",
    password: "Password",
    showPassword: "Show password",
    submit: "Sign in",
  },
  firstRun: {
    title: "Welcome to Reparto",
    hint: "There are no users yet. Create the first administrator: your own account.",
    token: "One-time token",
    tokenHint: "The service printed it when it started. It can be used once.",
    name: "Your name",
    email: "Email",
    password: "Password",
    passwordHint: "8 to 72 characters.",
    showPassword: "Show password",
    submit: "Create administrator and sign in",
  },
};
