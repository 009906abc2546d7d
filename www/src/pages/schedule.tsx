export default function Page() { return <p>schedule</p>; }
