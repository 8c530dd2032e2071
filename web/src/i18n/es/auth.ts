import type { auth as english } from "../en/auth";

export const auth: typeof english = {
  signIn: {
    title: "Iniciar sesión",
    subtitle: "Reparto de oportunidades",
    expired: "Su sesión ha terminado. Vuelva a iniciarla para continuar.",
    email: "Correo electrónico",
    password: "Contraseña",
    showPassword: "Mostrar la contraseña",
    submit: "Entrar",
  },
  firstRun: {
    title: "Empezar con Reparto",
    hint: "Todavía no hay usuarios. Cree la primera cuenta de administrador: la suya.",
    token: "Código de un solo uso",
    tokenHint: "El servicio lo mostró al arrancar. Solo sirve una vez.",
    name: "Su nombre",
    email: "Correo electrónico",
    password: "Contraseña",
    passwordHint: "De 8 a 72 caracteres.",
    showPassword: "Mostrar la contraseña",
    submit: "Crear el administrador y entrar",
  },
};
