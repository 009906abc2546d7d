export default function Page() { return <p>logs</p>; }
