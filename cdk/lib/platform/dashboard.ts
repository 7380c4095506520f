/** The one dashboard: a row for each capability. */
import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget, AlarmStatusWidgetSortBy, Dashboard as CwDashboard, GraphWidget, type IAlarm, type IMetric, type IWidget, PeriodOverride,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';

/** CloudWatch lays widgets on a grid of 24 columns. */
const COLUMNS = 24;

export class Dashboard extends Construct {
  private readonly dashboard: CwDashboard;

  /** The alarms come first; those that are added to the list later are shown, too. */
  constructor(scope: Construct, id: string, { name, alarms }: { name: string; alarms: IAlarm[] }) {
    super(scope, id);
    this.dashboard = new CwDashboard(this, 'Resource', {
      dashboardName: name,
      defaultInterval: Duration.hours(12),
      periodOverride: PeriodOverride.AUTO,
    });
    // A widget shows a hundred at most, so there are two.
    const half = (second: boolean) => new AlarmStatusWidget({
      title: second ? 'More alarms' : 'Alarms',
      // Read when the template is made.
      get alarms() {
        const middle = Math.ceil(alarms.length / 2);
        return second ? alarms.slice(middle) : alarms.slice(0, middle);
      },
      sortBy: AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP,
      width: COLUMNS / 2,
      height: 8,
    });
    this.dashboard.addWidgets(half(false), half(true));
  }

  /** Adds a capability's row: its title, and its graphs side by side. At most six fit. */
  addRow(title: string, graphs: Graph[]): void {
    const width = Math.floor(COLUMNS / Math.max(graphs.length, 2));
    this.dashboard.addWidgets(new TextWidget({ markdown: `## ${title}`, width: COLUMNS, height: 1 }));
    this.dashboard.addWidgets(...graphs.map((graph) => widget(graph, width)));
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
