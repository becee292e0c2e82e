/** What has the focus in here stays where it is on the screen, whatever comes or goes above it. */
import { Component, createRef, type ComponentProps } from "react";

interface StillProps extends ComponentProps<"div"> {
  /** Another word whenever something comes or goes. */
  readonly what: string;
}

/** A class, for React tells only those when the old screen is about to go. */
export class Still extends Component<StillProps> {
  private readonly place = createRef<HTMLDivElement>();

  override getSnapshotBeforeUpdate(before: StillProps): number | null {
    return before.what === this.props.what ? null : this.top();
  }

  override componentDidUpdate(_props: StillProps, _state: unknown, was: number | null): void {
    const now = this.top();
    if (was === null || now === null) return;
    scrollerOf(this.place.current).scrollBy({ top: now - was, behavior: "instant" });
  }

  private top(): number | null {
    const focused = document.activeElement;
    return focused && this.place.current?.contains(focused) ? focused.getBoundingClientRect().top : null;
  }

  override render() {
    const { what: _, ...rest } = this.props;
    return <div ref={this.place} {...rest} />;
  }
}

function scrollerOf(element: HTMLElement | null): Element {
  for (let each = element?.parentElement; each; each = each.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(each).overflowY)) return each;
  }
  return document.scrollingElement ?? document.documentElement;
}
