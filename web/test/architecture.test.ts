import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../src", import.meta.url));

/** What each folder may import from besides itself; each screen has its own folder, and none imports from another. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  lib: [],
  i18n: ["lib"],
  common: ["i18n", "lib"],
  service: ["i18n", "lib"],
  resources: ["common", "i18n", "lib", "service"],
  assigning: ["common", "i18n", "lib", "resources", "service"],
  screens: ["assigning", "common", "i18n", "lib", "resources", "service"],
  layout: ["common", "i18n", "lib", "service"],
  app: ["common", "i18n", "layout", "lib", "resources", "screens", "service"],
  "main.tsx": ["app", "i18n", "service"],
};

/** The only file outside the page that it holds itself: the passwords that the service refuses. */
const OUTSIDE = "../../crates/domain/src/passwords.txt?raw";

/** Attributes of elements whose text a reader sees or hears. */
const SPOKEN = new Set(["alt", "aria-label", "description", "error", "hint", "label", "placeholder", "title"]);
/** Functions whose first argument a reader sees. */
const SAYS = new Set(["failure", "success", "useDocumentTitle"]);

const sources = readdirSync(ROOT, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => {
    const text = readFileSync(join(ROOT, name), "utf8");
    const kind = name.endsWith(".tsx") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
    return { name, tree: ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true, kind) };
  });

function visit(node: ts.Node, callback: (node: ts.Node) => void): void {
  callback(node);
  node.forEachChild((child) => visit(child, callback));
}

/** The modules that a source imports, also those it loads later. */
function importsOf(tree: ts.SourceFile): string[] {
  const found: string[] = [];
  visit(tree, (node) => {
    const from =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : undefined;
    if (from !== undefined && ts.isStringLiteral(from)) found.push(from.text);
  });
  return found;
}

/** The folder whose rules hold for a source: a screen's own one, or the top one. */
function folderOf(name: string): string {
  const [top = "", next = ""] = name.split("/");
  return top === "screens" ? `${top}/${next}` : top;
}

const where = ({ name, tree }: (typeof sources)[number], node: ts.Node): string =>
  `${name}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1}: ${node.getText(tree).slice(0, 60)}`;

describe("the page's sources", () => {
  it("import only from lower folders, never between screens", () => {
    const faults = sources.flatMap(({ name, tree }) =>
      importsOf(tree)
        .filter((path) => path.startsWith("."))
        .map((path) => relative(ROOT, join(ROOT, dirname(name), path)))
        .filter((target) => target !== OUTSIDE)
        .filter((target) => {
          const [from, to] = [folderOf(name), folderOf(target)];
          const allowed = MAY_IMPORT[from.split("/")[0] ?? ""] ?? [];
          return from !== to && !allowed.includes(to.split("/")[0] ?? "");
        })
        .map((target) => `${name} imports ${target}`),
    );
    expect(faults).toEqual([]);
  });

  it("take query keys from the registry", () => {
    const faults: string[] = [];
    for (const source of sources.filter(({ name }) => name !== "service/keys.ts")) {
      visit(source.tree, (node) => {
        if (!ts.isPropertyAssignment(node) || node.name.getText(source.tree) !== "queryKey") return;
        if (!/^keys\./.test(node.initializer.getText(source.tree))) faults.push(where(source, node));
      });
    }
    expect(faults).toEqual([]);
  });

  // The service writes an audit entry for each file that it writes; of a file made in the page it would know nothing.
  it("make no file of what the service keeps about people", () => {
    const own = [
      "screens/imports/sample.ts",
      "screens/imports/told-rows.tsx",
      "resources/account/recovery-codes.tsx",
      // Of what the service has just written an entry about.
      "screens/opportunities/privacy-card.tsx",
    ];
    const makes = /\bnew Blob\(|\bcsv\(|\bdownloadCsv\(/;
    const others = sources.filter(
      ({ name }) => !["lib/csv.ts", "screens/imports/chosen-file.ts", ...own].includes(name),
    );
    const faults = others.filter(({ tree }) => makes.test(tree.text)).map(({ name }) => name);
    // It only passes the sample's text on.
    expect(faults).toEqual(["screens/imports/imports-screen.tsx"]);
  });

  it("have all visible text in i18n", () => {
    const faults: string[] = [];
    for (const source of sources.filter(({ name }) => !name.startsWith("i18n/"))) {
      visit(source.tree, (node) => {
        if (isSeen(node) && /\p{L}{2}/u.test(node.text)) faults.push(where(source, node));
      });
    }
    expect(faults).toEqual([]);
  });
});

/** Whether an expression's value is that of the expression around it: a branch, not a condition or an operand. */
function isPassedOn(node: ts.Node): boolean {
  const around = node.parent;
  if (ts.isParenthesizedExpression(around)) return true;
  if (ts.isConditionalExpression(around)) return around.condition !== node;
  if (!ts.isBinaryExpression(around)) return false;
  const kinds = [ts.SyntaxKind.PlusToken, ts.SyntaxKind.BarBarToken, ts.SyntaxKind.QuestionQuestionToken];
  return (
    kinds.includes(around.operatorToken.kind) ||
    (around.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken && around.right === node)
  );
}

/** Whether a literal is text between tags, in a spoken attribute, or in a message. */
function isSeen(node: ts.Node): node is ts.JsxText | ts.StringLiteralLike {
  if (ts.isJsxText(node)) return true;
  if (!ts.isStringLiteralLike(node)) return false;
  let shown: ts.Node = node;
  while (isPassedOn(shown)) shown = shown.parent;
  let place = shown.parent;
  if (ts.isJsxExpression(place)) place = place.parent;
  if (ts.isJsxElement(place) || ts.isJsxFragment(place)) return true;
  if (ts.isJsxAttribute(place)) return SPOKEN.has(place.name.getText());
  if (ts.isPropertyAssignment(place)) {
    return place.initializer === shown && SPOKEN.has(place.name.getText().replaceAll('"', ""));
  }
  return ts.isCallExpression(place) && SAYS.has(place.expression.getText()) && place.arguments[0] === shown;
}
