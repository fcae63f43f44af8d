// The page: everything is made here, then the connection is opened.

import { makeControls } from "./controls.js";
import { makeCurvesView } from "./curves_view.js";
import { makeImagesView } from "./images_view.js";
import { listenToKeys, makeKeysButton } from "./keyboard.js";
import { makeLessons } from "./lessons.js";
import { makeMathsPanel } from "./maths_panel.js";
import { makeNetworkView } from "./network_view.js";
import { makeNotes } from "./notes.js";
import { makeNumbersView } from "./numbers_view.js";
import { makePlaneView } from "./plane_view.js";
import { makeSharing } from "./sharing.js";
import { source } from "./source.js";
import { subscribe } from "./store.js";
import { followTheme, makeThemeButton } from "./theme.js";
import { makeTips } from "./tips.js";
import { makeTransport } from "./transport.js";
import { watchAnswers } from "./wanted.js";

makePage();

function makePage() {
  followTheme();
  const place = (id) => document.getElementById(id);
  place("page-buttons").append(makeThemeButton(), makeKeysButton());
  makeTips();
  watchAnswers();
  makeControls();
  makeNotes(place("notes"), place("lost"));
  makeTransport(place("transport"));
  makeNetworkView(place("network"));
  makePlaneView(place("plane"));
  makeCurvesView(place("curves"));
  makeImagesView(place("images"));
  makeNumbersView(place("numbers"));
  makeMathsPanel(place("maths"));
  makeLessons(place("lesson"), place("lesson-page"));
  makeSharing(place("share"));
  listenToKeys();
  foldWhereSmall();
  subscribe("state", (state) => {
    document.title = `${state.title} · chainrule playground`;
  });
  source.connect();
}

// On a small screen what is set seldom is folded, so that network and plane are near; a lesson sets
// data and features, and has their place.
function foldWhereSmall() {
  const small = matchMedia("(width < 44rem)");
  let inLesson = false;
  const fold = () => {
    for (const details of document.querySelectorAll("details.fold")) {
      const replaced = inLesson && details.classList.contains("side-fold");
      details.open = !small.matches && !replaced;
    }
  };
  small.addEventListener("change", fold);
  subscribe("state", ({ settings }) => {
    if (inLesson === (settings.lesson !== "")) return;
    inLesson = !inLesson;
    fold();
  });
  fold();
}
