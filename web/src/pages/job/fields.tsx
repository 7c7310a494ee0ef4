// Every field of the status file, as a person or a program wrote it.
import { Panel, TableBox } from "../../components/panel";
import { text } from "../../strings";

type Leaf = [path: string, value: string];

// A document is at most as deep and as long as this, whatever it says.
const deepest = 8;
const most_leaves = 2000;

function add_leaves(path: string, value: unknown, depth: number, leaves: Leaf[]): void {
  if (leaves.length >= most_leaves) return;
  const nested = typeof value === "object" && value !== null && depth < deepest;
  if (nested && !Array.isArray(value) && Object.keys(value).length > 0) {
    for (const [name, part] of Object.entries(value)) add_leaves(path ? `${path}.${name}` : name, part, depth + 1, leaves);
  } else if (nested && Array.isArray(value) && value.some((part) => typeof part === "string" || (typeof part === "object" && part !== null))) {
    value.forEach((part, index) => add_leaves(`${path}[${index}]`, part, depth + 1, leaves));
  } else {
    leaves.push([path, typeof value === "string" ? value : JSON.stringify(value)]);
  }
}

export function FieldTable({ label, fields }: { label: string; fields: Record<string, unknown> }) {
  const leaves: Leaf[] = [];
  add_leaves("", fields, 0, leaves);
  return (
    <TableBox label={label}>
      <table class="list fields">
        <thead class="hidden">
          <tr>
            <th scope="col">{text.job.field}</th>
            <th scope="col">{text.job.value}</th>
          </tr>
        </thead>
        <tbody>
          {leaves.map(([path, value]) => (
            <tr key={path}>
              <th scope="row">{path}</th>
              <td class="text mono">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

export function FieldsTab({ fields }: { fields: Record<string, unknown> }) {
  return (
    <div class="panels">
      <Panel wide title={text.job.fields}>
        <FieldTable label={text.job.fields} fields={fields} />
      </Panel>
    </div>
  );
}
