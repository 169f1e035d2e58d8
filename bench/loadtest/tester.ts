/** The load tester as a process of its own, so that it has one core: `tester.ts PORT VIEWERS HOLD-MS RATE …`; it tells its parent the outcome. */
import { runLoad } from '../../loadtest/run.ts'
import { testerPlan } from './tester-plan.ts'

const [port = 0, viewers = 0, holdMs = 0, ...rates] = process.argv.slice(2).map(Number)
const outcome = await runLoad(testerPlan(port, viewers, rates, holdMs))
process.send?.(outcome, () => process.exit(0))
