/** Where the page starts. */
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { followOtherTabs } from "./app/identity";
import { createQueryClient } from "./app/queries";
import { createAppRouter } from "./app/router";
import { Toasts } from "./ui/toasts";
import "./styles/app.css";

const queries = createQueryClient();
const router = createAppRouter(queries);
const root = document.getElementById("root");
if (!root) throw new Error("expected an element with the id root");

followOtherTabs();
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
      <Toasts />
    </QueryClientProvider>
  </StrictMode>,
);

if (import.meta.env.PROD && "serviceWorker" in navigator) {
  window.addEventListener("load", () => void navigator.serviceWorker.register("/sw.js"));
}
