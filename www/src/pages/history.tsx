export default function Page() { return <p>history</p>; }
