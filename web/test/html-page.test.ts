import { describe, expect, it } from "vitest";
import { htmlPage } from "../src/lib/html-page";

describe("a page to print", () => {
  it("shows every text as it is, and none as markup", () => {
    const text = `<script>alert("1")</script> & 'x'`;
    const page = htmlPage("es", text, text, [
      { title: text, facts: [[text, text]] },
      { title: "b", table: { heads: [text], rows: [[text]] } },
      { title: "c", table: { heads: ["d"], rows: [] }, none: text },
    ]);
    expect(page).not.toContain("<script");
    expect(page.match(/&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt; &amp; &#39;x&#39;/g)).toHaveLength(9);
    expect(page).not.toContain("<th>d</th>");
  });
});
