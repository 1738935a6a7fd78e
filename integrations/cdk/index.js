"use strict";
// `cdk synth` fails with the findings of stackflight. The engine is a Python program, which this runs.
// Source: aws-cdk-lib, IPolicyValidationPlugin.

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const SEVERITIES = { blocking: "error", warning: "warning", note: "info" };
const WORD = /\b[A-Za-z][A-Za-z0-9]*[0-9A-Fa-f]{8}\b/g;

class Stackflight {
  constructor(props = {}) {
    this.name = "stackflight";
    this.version = require("./package.json").version;
    this.command = props.command ?? ["stackflight"];
    this.arguments = props.arguments ?? [];
  }

  validate(context) {
    const templates = context.templatePaths;
    const [program, ...before] = this.command;
    const folder = findAssembly(templates[0]);
    const asked = [...before, "check", "--format", "json", ...this.arguments, folder];
    const done = spawnSync(program, asked, { encoding: "utf8", maxBuffer: 1 << 28 });
    const titles = readTitles(folder);
    const violations = readFindings(done.stdout ?? "").map(([finding, files]) => toViolation(finding, templates, titles, files));
    if (done.status !== 0 && done.status !== 10) {
      const why = done.error ? `${program} cannot be run: ${done.error.message}` : (done.stderr ?? "").trim();
      violations.push({ ruleName: "not-judged", description: why, severity: "error", violatingResources: [] });
    }
    return { success: done.status === 0, violations };
  }
}

// Every finding that counts, with the files of all stacks by their names.
function readFindings(text) {
  const reports = text.split("\n").filter((line) => line.trim()).map((line) => JSON.parse(line));
  return reports.flatMap((report) => {
    const files = new Map(report.stacks.map((stack) => [stack.name, stack.file]));
    return report.findings.filter((finding) => finding.ignored === undefined).map((finding) => [finding, files]);
  });
}

// One finding; each workload that shares its cause is a resource of its own, so that each is acknowledged alone. It may belong
// to another stack than what is to be changed for it.
function toViolation(finding, templates, titles, files) {
  const templateOf = (stack) => templates.find((one) => real(one) === real(files.get(stack) ?? "")) ?? templates[0];
  const because = finding.evidence.length ? ` (because ${finding.evidence.join("; ")})` : "";
  const workloads = finding.workloads.map((id, number) => [id, finding.workload_stacks[number]]);
  const struck = workloads.length ? workloads : finding.resources.slice(0, 1).map((id) => [id, finding.stack]);
  return {
    ruleName: finding.check,
    description: rename(finding.message + because, titles),
    fix: finding.remedy_in_cdk || rename(finding.remedy, titles) || undefined,
    severity: SEVERITIES[finding.severity],
    violatingResources: struck.map(([id, stack]) => ({ resourceLogicalId: id, templatePath: templateOf(stack), locations: [] })),
  };
}

// The folder of the cloud assembly: the outermost one around a template that holds a manifest.
function findAssembly(template) {
  let found = path.dirname(path.resolve(template));
  for (let folder = found; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    if (fs.existsSync(path.join(folder, "manifest.json"))) found = folder;
  }
  return found;
}

// Logical id -> construct path below the stack, as the metadata of the assembly tell it.
function readTitles(folder) {
  const titles = new Map();
  for (const name of fs.readdirSync(folder, { recursive: true })) {
    if (!name.endsWith(".metadata.json")) continue;
    for (const [construct, entries] of Object.entries(JSON.parse(fs.readFileSync(path.join(folder, name), "utf8")))) {
      const parts = construct.split("/").slice(2);
      while (parts.length > 1 && ["Resource", "Default"].includes(parts.at(-1))) parts.pop();
      const title = parts.filter((part, number) => part !== parts[number - 1]).join("/");
      for (const one of entries) if (one.type === "aws:cdk:logicalId" && title) titles.set(one.data, title);
    }
  }
  return titles;
}

function rename(text, titles) {
  return text.replace(WORD, (word) => titles.get(word) ?? word);
}

function real(file) {
  try {
    return fs.realpathSync(file);
  } catch {
    return file;
  }
}

module.exports = { Stackflight };
