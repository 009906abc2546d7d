export default function Page() { return <p>market</p>; }
