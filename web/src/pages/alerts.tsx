export function Alerts(_: { name?: string }) { return null; }
