import { Component, type ReactNode } from "react";

interface FailureFenceProps {
  readonly children: ReactNode;
  /** What stands in the place of what failed. */
  readonly instead: ReactNode;
}

/** A part of a page that may fail (a chunk that can't be loaded, a browser without a feature) without taking the page along. */
export class FailureFence extends Component<FailureFenceProps, { readonly hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    return this.state.hasFailed ? this.props.instead : this.props.children;
  }
}
