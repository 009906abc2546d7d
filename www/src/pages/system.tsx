export default function Page() { return <p>system</p>; }
