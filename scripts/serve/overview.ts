import { storeOf, type Context } from '../context';
import { lineOf, listed, type ListedRow } from '../status/listed-rows';
import { statusMetrics } from '../status/metrics';
import { statusPage } from '../status/page/page';
import { readRows } from '../status/read-rows';
import { byUrgency } from '../status/rows';
import { escapeHtml } from '../text/html';
import { Fresh } from './fresh';

/**
 * The status of the environments that somebody may know about: as JSON, as metrics, and as the board. Each is what
 * `status` writes, and has no secret. Everybody who asks within a second shares one look at the environments.
 */
export class Overview {
  private readonly looks = new Map<string, Fresh<readonly ListedRow[]>>();

  constructor(private readonly context: Context) {}

  /** As `status --json` has it. */
  async status(environments: readonly string[] | null): Promise<object> {
    return { environments: (await this.rows(environments)).map(lineOf) };
  }

  /** As `status --metrics` has it. */
  async metrics(environments: readonly string[] | null): Promise<string> {
    return await statusMetrics(await this.rows(environments));
  }

  /** As `status --html` has it. */
  async board(environments: readonly string[] | null): Promise<string> {
    const { console, now } = this.context;
    const history = await storeOf(this.context).days(now());
    return console.asStarted(statusPage(await this.rows(environments), history, now()), escapeHtml);
  }

  private async rows(environments: readonly string[] | null): Promise<readonly ListedRow[]> {
    if (environments?.length === 0) return []; // an empty list would mean all
    const key = environments?.join(',') ?? '*';
    const readAll = async (): Promise<readonly ListedRow[]> => {
      const rows: ListedRow[] = [];
      const read = readRows(environments ?? [], this.context);
      for await (const { row } of listed(read, 'lines', this.context)) rows.push(row);
      return byUrgency(rows);
    };
    const look =
      this.looks.get(key) ??
      new Fresh(
        readAll,
        () => undefined,
        () => performance.now(),
      );
    this.looks.set(key, look);
    return await look.get();
  }
}
