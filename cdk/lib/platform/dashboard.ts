/** The one dashboard: a row for each capability. */
import { Duration, Stack } from 'aws-cdk-lib';
import {
  AlarmStatusWidget, AlarmStatusWidgetSortBy, Dashboard as CwDashboard, GraphWidget, type IAlarm, type IMetric, type IWidget, PeriodOverride,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Instance } from './instance.ts';

/** CloudWatch lays widgets on a grid of 24 columns. */
const COLUMNS = 24;

export class Dashboard extends Construct {
  private readonly dashboard: CwDashboard;
  private readonly alarms: readonly IAlarm[];

  /** The alarms come first: those of the stack itself, in two widgets, as one shows a hundred at most. What is added to the list later is shown, too. */
  constructor(scope: Construct, id: string, { name, alarms }: { name: string; alarms: IAlarm[] }) {
    super(scope, id);
    this.alarms = alarms;
    this.dashboard = new CwDashboard(this, 'Resource', {
      dashboardName: name,
      defaultInterval: Duration.hours(12),
      periodOverride: PeriodOverride.AUTO,
    });
    const half = (title: string, part: (own: IAlarm[], middle: number) => IAlarm[]) => this.status(title, COLUMNS / 2, () => {
      const own = this.alarmsOf(Stack.of(this));
      return part(own, Math.ceil(own.length / 2));
    });
    this.dashboard.addWidgets(half('Alarms', (own, middle) => own.slice(0, middle)), half('More alarms', (own, middle) => own.slice(middle)));
  }

  /** Adds the alarms of what only another instance has, which is in a stack of its own: those that there are by now. */
  addInstance(instance: Instance): void {
    const alarms = instance.nestedStack ? this.alarmsOf(instance.nestedStack) : [];
    // CloudWatch takes no widget without any.
    if (alarms.length > 0) this.dashboard.addWidgets(this.status(`Alarms: ${instance.suffix.slice(1)}`, COLUMNS, () => alarms));
  }

  /** Adds a capability's row: its title, and its graphs side by side. At most six fit. */
  addRow(title: string, graphs: Graph[]): void {
    const width = Math.floor(COLUMNS / Math.max(graphs.length, 2));
    this.dashboard.addWidgets(new TextWidget({ markdown: `## ${title}`, width: COLUMNS, height: 1 }));
    this.dashboard.addWidgets(...graphs.map((graph) => widget(graph, width)));
  }

  private alarmsOf(stack: Stack): IAlarm[] {
    return this.alarms.filter((alarm) => Stack.of(alarm) === stack);
  }

  /** The alarms are read when the template is made. */
  private status(title: string, width: number, read: () => IAlarm[]): IWidget {
    return new AlarmStatusWidget({
      title, width, height: 8, sortBy: AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP,
      get alarms() {
        return read();
      },
    });
  }
}

/** One graph of a row. */
export interface Graph {
  readonly title: string;
  readonly left: IMetric[];
  /** On an axis of its own. */
  readonly right?: IMetric[];
}

function widget({ title, left, right = [] }: Graph, width: number): IWidget {
  return new GraphWidget({ title, left, right, width, height: 6, leftYAxis: { min: 0 }, rightYAxis: { min: 0 } });
}
