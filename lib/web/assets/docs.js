'use strict';
// Reads the description of the API and makes a form of every operation. Texts go in as text, never as markup.

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function resolve(document_, value) {
  if (!value || !value.$ref) return value;
  return value.$ref.slice(2).split('/').reduce((at, key) => at[key], document_);
}

function field(name, about, required) {
  const input = make('input', { name, required: Boolean(required) });
  return { name, input, label: make('label', {}, `${name}${required ? ' (required)' : ''}: ${about || ''}`, input) };
}

function bodyField(operation) {
  if (!operation.requestBody) return null;
  const types = Object.keys(operation.requestBody.content);
  const example = operation.requestBody.content[types[0]].example;
  const type = make('input', { value: types[0] });
  const text = make('textarea', { value: example === undefined ? '' : JSON.stringify(example, null, 2) });
  return { type, text, label: make('label', {}, `body (${types.join(', ')})`, type, text) };
}

async function send(method, path, fields, body, output) {
  let url = path;
  const query = new URLSearchParams();
  for (const { name, input, place } of fields) {
    if (place === 'path') url = url.replace(`{${name}}`, encodeURIComponent(input.value));
    else if (input.value !== '') query.set(name, input.value);
  }
  if ([...query].length > 0) url += `?${query}`;
  const options = { method: method.toUpperCase() };
  if (body && body.text.value !== '') {
    options.body = body.text.value;
    options.headers = { 'Content-Type': body.type.value };
  }
  output.textContent = `${options.method} ${url}\n…`;
  try {
    const response = await fetch('..' + url, options);
    let text = await response.text();
    try {
      text = JSON.stringify(JSON.parse(text), null, 2);
    } catch { /* not JSON: as it is */ }
    output.textContent = `${options.method} ${url}\n${response.status} ${response.statusText}\n\n${text.slice(0, 100000)}`;
  } catch (error) {
    output.textContent = `${options.method} ${url}\nno answer: ${error.message}`;
  }
}

function operationView(document_, path, method, operation) {
  const fields = (operation.parameters || []).map((parameter) => {
    const known = resolve(document_, parameter);
    return { ...field(known.name, known.description, known.required), place: known.in };
  });
  const body = bodyField(operation);
  const output = make('pre', { hidden: true });
  const form = make('form', {}, ...fields.map((f) => f.label), ...(body ? [body.label] : []), make('button', {}, 'Send'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    output.hidden = false;
    send(method, path, fields, body, output);
  });
  const answers = make('table', {}, ...Object.entries(operation.responses).map(([status, answer]) =>
    make('tr', {}, make('td', {}, status), make('td', {}, resolve(document_, answer).description))));
  return make('details', { id: operation.operationId },
    make('summary', {}, make('span', { className: 'method' }, method.toUpperCase()), make('code', {}, path),
      ` ${operation.summary}`, make('span', { className: 'role' }, operation['x-role'])),
    make('p', {}, operation.description || ''), form, output, answers);
}

async function show() {
  const document_ = await (await fetch('v1/openapi.json')).json();
  document.getElementById('about').textContent = document_.info.description;
  const main = document.getElementById('routes');
  for (const { name } of document_.tags) {
    const section = make('section', {}, make('h2', {}, name));
    for (const [path, methods] of Object.entries(document_.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        if (operation.tags[0] === name) section.append(operationView(document_, path, method, operation));
      }
    }
    main.append(section);
  }
}

show().catch((error) => {
  document.getElementById('about').textContent = `The description cannot be loaded: ${error.message}`;
});
