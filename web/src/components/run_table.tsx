// Runs as rows, of one job or of all.
import { current_runs, shown_status } from "../data/runs";
import type { Run } from "../data/types";
import { job_link } from "../routes";
import { text } from "../strings";
import { format_duration, format_memory, format_number } from "../time/format";
import { Exact } from "./moment";
import { TableBox, useSteps } from "./panel";
import { Status } from "./status";

const step = 50;

export function RunTable({ runs, job }: { runs: Run[]; job?: string }) {
  const { shown, more } = useSteps(runs.length, step);
  const columns = text.job.columns;
  return (
    <>
      <TableBox label={text.job.run_table}>
        <table class="list">
          <thead>
            <tr>
              {!job && <th scope="col">{columns.job}</th>}
              <th scope="col">{columns.status}</th>
              <th scope="col">{columns.start}</th>
              <th scope="col" class="number">
                {columns.duration}
              </th>
              <th scope="col">{columns.host}</th>
              <th scope="col" class="number">
                {columns.exit}
              </th>
              <th scope="col" class="number">
                {columns.cpu}
              </th>
              <th scope="col" class="number">
                {columns.memory}
              </th>
              <th scope="col">{columns.run}</th>
              <th scope="col">{columns.message}</th>
            </tr>
          </thead>
          <tbody>
            {runs.slice(0, shown).map((run, index) => (
              <tr key={`${run.job} ${run.run_id} ${run.start} ${index}`}>
                {!job && <td>{run.job && <a href={job_link(run.job)}>{run.job}</a>}</td>}
                <td>
                  <Status status={shown_status(run, current_runs.value.get(run.job ?? job ?? ""))} />
                </td>
                <td>
                  <Exact time={run.start} />
                </td>
                <td class="number">{format_duration(run.duration)}</td>
                <td class="short">{run.host}</td>
                <td class="number">{run.exit_code}</td>
                <td class="number">{run.cpu_peak === undefined ? "" : `${format_number(run.cpu_peak)} %`}</td>
                <td class="number">{format_memory(run.memory_peak)}</td>
                <td class="mono short">{run.run_id}</td>
                <td class="text">{run.message}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
      {more}
    </>
  );
}
