import type { audit as english } from "../en/audit";

export const audit: typeof english = {
  audit: {
    title: "Auditoría",
    hint: "Todo lo que se hizo o se rechazó, guardado para siempre.",
    filters: "Filtro",
    search: "Buscar",
    action: "Acción",
    who: "Quién",
    when: "Cuándo",
    period: "Cuándo",
    anyTime: "Cuando sea",
    all: "Todos",
    clearOne: "Borrar",
    what: "Qué",
    details: "Detalles",
    show: "Mostrar",
    opportunity: "Oportunidad",
    operation: "Operación",
    none: "No hay entradas",
    noneHint: "Ninguna entrada coincide. Cambie el filtro.",
  },
};
