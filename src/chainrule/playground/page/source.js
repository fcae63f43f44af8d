import { connect, send } from "./connection.js";

/** Where messages come from and go to; a recorded run puts its own in this place. */
export const source = { connect, send };
