// Name and password; what the service refuses is said in its words.

import { useState } from 'preact/hooks';
import { Refusal } from '../api/http';
import { login } from '../model/session';
import { Logo } from '../view/icons';

export default function Login() {
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (e: SubmitEvent) => {
    e.preventDefault();
    const form = new FormData(e.currentTarget as HTMLFormElement);
    setBusy(true);
    setProblem('');
    try {
      await login(String(form.get('name')), String(form.get('password')));
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 0;
      setProblem(status === 401 ? 'Name or password is wrong.' : status === 429 ? 'Too many attempts. Wait a little and try again.' : error instanceof Error ? error.message : 'It did not work.');
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="login">
      <form class="panel" onSubmit={(e) => void submit(e)}>
        <h1 class="brand">
          <Logo /> <span>hil-scheduler</span>
        </h1>
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <label>
          Name
          <input class="field" name="name" autocomplete="username" autofocus required />
        </label>
        <label>
          Password
          <input class="field" name="password" type="password" autocomplete="current-password" required />
        </label>
        <button class="button primary" disabled={busy}>
          {busy ? 'Logging in…' : 'Log in'}
        </button>
      </form>
    </main>
  );
}
