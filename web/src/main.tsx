// The page's program: takes over from the table that the server or the site's builder wrote.
import { render } from "preact";
import { App } from "./app";
import { start_announcing } from "./components/announcer";
import { read_all_jobs } from "./data/jobs";
import { keep_current } from "./data/live";
import "./style/style.css";

const root = document.getElementById("app");
if (root) {
  root.replaceChildren();
  render(<App />, root);
  start_announcing();
  read_all_jobs();
  keep_current();
}
