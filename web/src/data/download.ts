// Hands the reader a file that the page made.
export function download(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

// A cell that a spreadsheet would take for a formula gets a quote in front: names and messages are not to run there.
function csv_cell(value: unknown): string {
  const plain = value === undefined || value === null ? "" : String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(plain) ? `'${plain}` : plain;
  return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

export function to_csv<T extends object>(columns: (keyof T & string)[], rows: T[]): string {
  return [columns.join(","), ...rows.map((row) => columns.map((column) => csv_cell(row[column])).join(","))].join("\r\n") + "\r\n";
}
