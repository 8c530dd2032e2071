import "@fontsource-variable/inter/wght.css";
import "./app/mantine.css";
import "@mantine/notifications/styles.css";
import "./app/styles/base.css";
import "./app/styles/tags.css";
import "./app/styles/tables.css";
import "./app/styles/screens.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/app";
import { theme, variables } from "./app/theme";
import { LanguageProvider } from "./i18n/provider";
import { queryClient } from "./service/api";

const nonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? "";
// Read by the library that locks scrolling behind a dialog.
(globalThis as { __webpack_nonce__?: string }).__webpack_nonce__ = nonce;

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no root");
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queryClient}>
        <LanguageProvider>
          <Notifications position="bottom-right" />
          <App />
        </LanguageProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
