export function Logs(_: { name?: string }) { return null; }
