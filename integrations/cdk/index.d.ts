import type { IPolicyValidationContext, IPolicyValidationPlugin, PolicyValidationPluginReport } from "aws-cdk-lib";

/** How to run the engine: the command, and further options of `stackflight check`. */
export interface StackflightProps {
  /** The program and what stands before `check`; `["stackflight"]` unless given. */
  readonly command?: readonly string[];
  /** For example `["--account", "account.json"]`. */
  readonly arguments?: readonly string[];
}

/** Judges all stacks of an app together while it is synthesised. */
export declare class Stackflight implements IPolicyValidationPlugin {
  readonly name: string;
  readonly version?: string;
  constructor(props?: StackflightProps);
  validate(context: IPolicyValidationContext): PolicyValidationPluginReport;
}
