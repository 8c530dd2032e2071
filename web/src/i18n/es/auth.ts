import type { auth as english } from "../en/auth";

export const auth: typeof english = {
  signIn: {
    title: "Iniciar sesión",
    subtitle: "Reparto de oportunidades",
    expired:
      "Su sesión se ha cerrado: ha caducado, o se cerró desde otro dispositivo o pestaña, o por un cambio en la cuenta o su contraseña. Vuelva a entrar para continuar.",
    email: "Correo electrónico",
    password: "Contraseña",
    showPassword: "Mostrar la contraseña",
    submit: "Entrar",
    code: {
      title: "Segundo factor",
      hint: "Va a entrar como {email}",
      code: "Código",
      codeHint: "Las seis cifras que muestra su aplicación, o un código de recuperación.",
      submit: "Entrar",
      lost: "¿No tiene a mano ni el teléfono ni los códigos de recuperación? Un administrador puede quitarle el segundo factor.",
      back: "Volver",
    },
  },
  mustChange: {
    title: "Elija una contraseña nueva",
    hint: "La actual la puso otra persona. La nueva solo la sabrá usted.",
    new: "Contraseña nueva",
    submit: "Cambiarla y continuar",
    back: "Volver",
  },
  requiredTotp: {
    title: "Active el segundo factor",
    hint: "Su cuenta lo necesita. Hace falta una aplicación de autenticación en el teléfono.",
    signInAgain: "Ya lo ha activado, pero aquí entró sin él. Cierre la sesión y entre con un código.",
    signOut: "Cerrar sesión",
  },
  reset: {
    title: "Elija una contraseña nueva",
    hint: "El enlace sirve una sola vez. Se cerrarán las sesiones que aún tenga abiertas.",
    noToken: "El enlace no está completo. Cópielo entero o pida otro a un administrador.",
    new: "Contraseña nueva",
    submit: "Guardar la contraseña",
    doneTitle: "Su contraseña nueva ya vale",
    done: "Entre ahora con ella.",
    signIn: "Ir a iniciar sesión",
  },
  firstRun: {
    title: "Empezar con Reparto",
    hint: "Todavía no hay usuarios. Cree la primera cuenta de administrador: la suya.",
    token: "Código de un solo uso",
    tokenHint: "El servicio lo mostró al arrancar. Solo sirve una vez.",
    name: "Su nombre",
    email: "Correo electrónico",
    password: "Contraseña",
    submit: "Crear el administrador y entrar",
  },
};
