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
    const violations = readFindings(done.stdout ?? "").map((finding) => toViolation(finding, templates, titles));
    if (done.status !== 0 && done.status !== 10) {
      const why = done.error ? `${program} cannot be run: ${done.error.message}` : (done.stderr ?? "").trim();
      violations.push({ ruleName: "not-judged", description: why, severity: "error", violatingResources: [] });
    }
    return { success: done.status === 0, violations };
  }
}

function readFindings(text) {
  const lines = text.split("\n").filter((line) => line.trim());
  return lines.flatMap((line) => JSON.parse(line).findings).filter((finding) => finding.ignored === undefined);
}

// One finding; each workload that shares its cause is a resource of its own, so that each is acknowledged alone.
function toViolation(finding, templates, titles) {
  const file = real(finding.where.file);
  const template = templates.find((one) => real(one) === file) ?? templates[0];
  const because = finding.evidence.length ? ` (because ${finding.evidence.join("; ")})` : "";
  const struck = finding.workloads.length ? finding.workloads : finding.resources.slice(0, 1);
  return {
    ruleName: finding.check,
    description: rename(finding.message + because, titles),
    fix: finding.remedy_in_cdk || rename(finding.remedy, titles) || undefined,
    severity: SEVERITIES[finding.severity],
    violatingResources: struck.map((id) => ({ resourceLogicalId: id, templatePath: template, locations: [] })),
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
