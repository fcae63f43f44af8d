// Light or dark: as the system has it, or as the person wants it here.

import { buildButton } from "./elements.js";
import { buildIcon } from "./icons.js";

const themeKey = "chainrule-theme";
const themeNames = { auto: "as the system", light: "light", dark: "dark" };

/** Put the wanted theme on the page, and follow the system where it is to decide. */
export function followTheme() {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", putTheme);
  putTheme();
}

/** The switch between the themes. @returns {HTMLElement} */
export function makeThemeButton() {
  const button = buildButton({
    id: "do-theme",
    label: "",
    help: "Light, dark, or as the system has it",
    icon: buildIcon("auto"),
    short: true,
    kind: "button-quiet",
    press: () => {
      const names = Object.keys(themeNames);
      localStorage.setItem(themeKey, names[(names.indexOf(wantedTheme()) + 1) % names.length]);
      putTheme();
      show();
    },
  });
  const show = () => {
    button.querySelector("svg").replaceWith(buildIcon(wantedTheme()));
    button.querySelector("span").textContent = `Theme: ${themeNames[wantedTheme()]}`;
  };
  show();
  return button;
}

function wantedTheme() {
  const kept = localStorage.getItem(themeKey);
  return kept in themeNames ? kept : "auto";
}

function putTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const wanted = wantedTheme();
  document.documentElement.dataset.theme = wanted === "auto" ? dark : wanted;
}
