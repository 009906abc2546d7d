import './style/tokens.css';
import './style/base.css';
import './style/shell.css';
import './style/status.css';

import { signal } from '@preact/signals';
import { render, type ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { arrivals, param, path } from './model/address';
import { followPlans } from './model/effective';
import { begin } from './model/session';
import { beat, loginWanted, session } from './model/store';
import Status from './pages/status';
import { Confirmation } from './view/dialog';
import { useEstopKey } from './view/estop';
import { Shell, type PageLink } from './view/shell';
import { WhyPopover } from './view/why';
import './view/theme';

interface Page extends PageLink {
  /** Shown by the read-only server, too. */
  readOnly: boolean;
  load: (() => Promise<{ default: ComponentType }>) | null;
}

const pages: Page[] = [
  { path: '', name: 'Status', readOnly: true, load: null },
  { path: 'schedule', name: 'Schedule', readOnly: false, load: () => import('./pages/schedule') },
  { path: 'history', name: 'History', readOnly: true, load: () => import('./pages/history') },
  { path: 'market', name: 'Market', readOnly: false, load: () => import('./pages/market') },
  { path: 'logs', name: 'Logs', readOnly: false, load: () => import('./pages/logs') },
  { path: 'system', name: 'System', readOnly: false, load: () => import('./pages/system') },
];


const loaded = signal<Record<string, ComponentType | 'failed'>>({ '': Status });
function load(page: Page): void {
  if (!page.load || loaded.peek()[page.path]) return;
  page
    .load()
    .then((m) => (loaded.value = { ...loaded.peek(), [page.path]: m.default }))
    .catch(() => (loaded.value = { ...loaded.peek(), [page.path]: 'failed' }));
}

const loginPage = signal<ComponentType | null>(null);

function App() {
  useEstopKey();
  useEffect(() => followPlans(), []);
  if (!loginWanted.value) return <Room />;
  if (!loginPage.value) void import('./pages/login').then((m) => (loginPage.value = m.default));
  const Login = loginPage.value;
  return Login ? <Login /> : null;
}

/** ?wall, before or after the #. */
const onWall = () => new URLSearchParams(location.search).has('wall') || param('wall') !== null;
const wallPage = signal<ComponentType | null>(null);

function WallRoom() {
  useEffect(() => {
    document.title = 'Wall · hil-scheduler';
    void import('./pages/wall').then((m) => (wallPage.value = m.default));
  }, []);
  const Content = wallPage.value;
  return Content ? <Content /> : null;
}

function Room() {
  arrivals.value;
  return onWall() ? <WallRoom /> : <Pages />;
}

function Pages() {
  const readOnly = session.value?.read_only ?? false;
  const offered = pages.filter((p) => !readOnly || p.readOnly);
  const page = offered.find((p) => p.path === path.value) ?? offered[0]!;
  useEffect(() => {
    document.title = `${page.name} · hil-scheduler`;
    load(page);
  }, [page]);
  const Content = loaded.value[page.path];
  return (
    <>
      <Shell pages={offered} current={page.path}>
        {Content === 'failed' ? (
          <p class="problem">This page could not be loaded. <button class="button" onClick={() => location.reload()}>Load again</button></p>
        ) : Content ? (
          <Content />
        ) : null}
      </Shell>
      <Confirmation />
      <WhyPopover />
    </>
  );
}

setInterval(() => (beat.value = beat.peek() + 1), 500);
render(<App />, document.getElementById('app')!);
void begin();
