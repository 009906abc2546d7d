// Codes of the service in an operator's words.

import { kw } from '../format/number';
import type { Severity, Transition } from '../api/types';

const codes: Record<string, string> = {
  invalid_plant: 'There is no such plant.',
  invalid_payload: 'The service does not accept what was asked.',
  unsupported_command: 'The service does not know this command.',
  queue_full: 'Too many commands are waiting.',
  already_running: 'It is running or starting already.',
  already_stopped: 'It is stopped already.',
  estop_latched: 'The emergency stop is latched; reset it first.',
  trip_latched: 'A trip is latched; reset it first.',
  disable_failed: 'The plant could not be disabled. It may still be running.',
  enable_failed: 'The plant refused to be enabled.',
  fleet_start_partial_failure: 'Not every plant could be started.',
  fleet_stop_partial_failure: 'Not every plant could be stopped.',
  transport_switch_failed: 'The transport could not be switched.',
  port_in_use: 'The port of an emulator is taken by another program.',
  missing_password: 'No password is known for the market platform.',
  auth_failed: 'The market platform refused the password.',
  connect_failed: 'The market platform could not be reached.',
  already_connecting: 'It is connecting already.',
  not_active: 'The series is not active.',
  already_transitioning: 'A change of this series is under way.',
  invalid_series_key: 'There is no such series.',
  local_only: 'That is only possible with emulated plants.',
  real_time_only: 'Real plants live in the present: this run does not keep real time.',
  real_clock: 'This run keeps real time; its clock is not set.',
  not_paused: 'Only a clock that stands still can be stepped.',
  shutting_down: 'The service is shutting down.',
  not_ending: 'That is for a service that ends.',
  internal_error: 'The service failed inside; its log says more.',
  superseded: 'A newer command took over.',
  no_reactive_power: 'This plant takes no reactive power.',
};

/** A sentence for a record's message: known codes in words, anything else as it is. */
export function codeInWords(message: string): string {
  // A code that says more about itself.
  if (message.startsWith('no_endpoint: ')) return `Not switched, nothing was stopped: ${message.slice('no_endpoint: '.length)}.`;
  return codes[message] ?? (message ? message.replace(/_/g, ' ') : 'No reason was given.');
}

const kinds: Record<string, string> = {
  'plant.start': 'Start',
  'plant.stop': 'Stop',
  'plant.adopt': 'Adopt',
  'plant.dispatch_enable': 'Dispatch',
  'plant.dispatch_disable': 'Pause',
  'plant.record_start': 'Record',
  'plant.record_stop': 'Stop recording',
  'plant.soc_seed': 'Set state of charge',
  'fleet.start_all': 'Start all',
  'fleet.stop_all': 'Stop all',
  'site.stop': 'Last stop',
  'transport.switch': 'Transport switch',
  'source.switch': 'Source switch',
  'schedule.activate': 'Activate',
  'schedule.update': 'Update',
  'schedule.inactivate': 'Inactivate',
  'market.connect': 'Connect',
  'market.disconnect': 'Disconnect',
  'posting.enable': 'Post measurements',
  'posting.disable': 'Stop posting',
  'trip.reset': 'Reset trip',
  'alert.acknowledge': 'Acknowledge',
  estop: 'Emergency stop',
  'estop.reset': 'Reset emergency stop',
  'clock.set': 'Set clock',
};
export const kindInWords = (kind: string) => kinds[kind] ?? kind;

const reasons: Record<string, string> = {
  plan: 'as planned',
  no_plan: 'no plan was given',
  plan_disabled: 'the manual plan is switched off',
  before_plan: 'the plan begins later',
  plan_ended: 'the plan has ended',
  api_stale: 'the market plan is too old',
  not_a_number: 'the plan holds no number',
};
export const reasonInWords = (reason: string) => reasons[reason] ?? reason.replace(/_/g, ' ');

const limits: Record<string, string> = {
  p_max_kw: "the plant's limit of discharge",
  p_min_kw: "the plant's limit of charge",
  q_max_kvar: "the plant's limit of reactive power",
  q_min_kvar: "the plant's limit of reactive power",
  not_a_number: 'the plan holds no number',
  estop: 'the emergency stop is latched',
  soc_low: 'power is taken back, the state of charge is low',
  soc_high: 'power is taken back, the state of charge is high',
  voltage_low: 'power is taken back, the voltage is low',
  voltage_high: 'power is taken back, the voltage is high',
  temperature_low: 'power is taken back, it is too cold',
  temperature_high: 'power is taken back, it is too hot',
  stale_data: 'power is taken back, its values do not come',
  setpoint_not_followed: 'power is taken back, its setpoint is not followed',
  link_lost: 'power is taken back, its link is lost',
};
/** What changed a value on its way from the plan, and of how much. */
export function limitInWords(limit: string, asked: number | null): string {
  const words = limits[limit] ?? limit.replace(/_/g, ' ');
  return asked === null || !words.startsWith("the plant's") ? words : `the plan asks for ${kw(Math.abs(asked))} kW, more than ${words}`;
}

const plans: Record<string, string> = { api: 'market plan', manual: 'manual plan', none: 'no plan' };
export const planName = (source: string) => plans[source] ?? `${source.replace(/_/g, ' ')} plan`;

const transitions: Record<Transition, string> = {
  running: 'Running',
  stopped: 'Stopped',
  starting: 'Starting',
  stopping: 'Stopping',
  unknown: 'Unknown',
};
export const transitionInWords = (t: Transition) => transitions[t];

/** Alarm shapes: high diamond, medium triangle, low square. */
export const level = (severity: Severity): 'high' | 'medium' | 'low' =>
  severity === 'alarm' ? 'high' : severity === 'warning' ? 'medium' : 'low';
