/** A part of a page: labelled values, or a table, or a sentence where there is nothing. */
export interface Section {
  title: string;
  facts?: ReadonlyArray<readonly [label: string, value: string]>;
  table?: { heads: readonly string[]; rows: ReadonlyArray<readonly string[]> };
  /** What is said in place of a table without rows. */
  none?: string;
}

const SIGNS: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => SIGNS[sign] ?? sign);
const of = (tag: string, text: string): string => `<${tag}>${escaped(text)}</${tag}>`;

const STYLE =
  "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}" +
  "h2{margin-top:2rem;border-bottom:1px solid #ccc}dl{display:grid;grid-template-columns:minmax(9rem,14rem) 1fr;gap:.25rem 1rem}" +
  "dt{color:#555}dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}table{border-collapse:collapse;width:100%}" +
  "th,td{border:1px solid #ccc;padding:.3rem .5rem;text-align:left;vertical-align:top;white-space:pre-wrap;overflow-wrap:anywhere}";

function html({ title, facts = [], table, none }: Section): string {
  const list = facts.map(([label, value]) => of("dt", label) + of("dd", value)).join("");
  const row = (tag: string, cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => of(tag, cell)).join("")}</tr>`;
  const rows = table?.rows.map((cells) => row("td", cells)).join("") ?? "";
  return [
    of("h2", title),
    list && `<dl>${list}</dl>`,
    table && rows && `<table><thead>${row("th", table.heads)}</thead><tbody>${rows}</tbody></table>`,
    none !== undefined && !list && !rows && of("p", none),
  ]
    .filter(Boolean)
    .join("\n");
}

/** A page of its own, to read and to print: it loads nothing, and no text in it becomes markup. */
export function htmlPage(language: string, title: string, hint: string, sections: readonly Section[]): string {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width">${of("title", title)}`;
  const body = [of("h1", title), of("p", hint), ...sections.map(html)].join("\n");
  return `<!doctype html>\n<html lang="${escaped(language)}"><head>${head}<style>${STYLE}</style></head>\n<body>\n${body}\n</body></html>\n`;
}
