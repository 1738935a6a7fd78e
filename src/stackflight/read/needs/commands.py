"""Commands that fetch something, as a shell or PowerShell script writes them: words of which one is in it, pattern, what it
fetches, and from where.

"url" as host stands for the one of the URL in the command. Sources: the manuals of the tools (apt-get, zypper, apk, snap,
dnf, rpm, pip, uv, poetry, npm, yarn, pnpm, Maven, Bundler, Go, Cargo, .NET, Composer, curl, wget, git, Invoke-WebRequest).
"""

from __future__ import annotations

import re

from stackflight.patterns import compile_later

NAMED = r"\b(?!\s+(?:-\S+\s+)*(?:[./~]|https?:))"
"""Behind `install`: what is installed has a name, which a repository resolves; it is no file that lies there, and no URL."""

COMMANDS: tuple[tuple[tuple[str, ...], str, str, str], ...] = (
    (
        ("apt", "zypper"),
        rf"(?:apt-get|apt|zypper)\s+(?:-\S+\s+)*(?:update|upgrade|install{NAMED})",
        "packages",
        "",
    ),
    (("apk",), rf"apk\s+(?:-\S+\s+)*(?:update|upgrade|add{NAMED})(?![^\n;&|]*--no-network)", "packages", ""),
    (("snap",), rf"snap\s+install{NAMED}", "snaps", "the Snap Store"),
    (
        ("pip",),
        r"(?:python3?\s+-m\s+)?pip3?\s+(?:-\S+\s+)*install\s+(?:-\S+\s+)*(?![./-]|https?:)[A-Za-z]",
        "Python packages",
        "the Python package index",
    ),
    (
        ("npm",),
        r"npm\s+(?:install|i|ci|add)(?=\s*$|\s*[;&|]|\s+(?:-\S+\s+)*(?:-\S+\s*$|(?![./-]|https?:)[@A-Za-z]))",
        "Node packages",
        "the npm registry",
    ),
    (
        ("yarn", "pnpm"),
        r"(?:yarn|pnpm)(?:\s+(?:install|add)\b[^\n;&|]*)?(?=\s*$|\s*[;&|])",
        "Node packages",
        "the npm registry",
    ),
    (
        ("poetry", "pipenv", "uv"),
        r"(?:poetry\s+install|pipenv\s+(?:install|sync)|uv\s+(?:sync|pip\s+install))\b",
        "Python packages",
        "the Python package index",
    ),
    (
        ("mvn",),
        r"(?:\./)?mvnw?\s[^\n;&|]*\b(?:package|install|verify|test|compile|deploy|dependency:\S+)\b",
        "Java packages",
        "Maven Central",
    ),
    (("bundle", "gem"), r"(?:bundle\s+install|gem\s+install)\b(?![^\n;&|]*--local)", "Ruby packages", "RubyGems"),
    (("go ",), r"go\s+(?:mod\s+download|get|install)\b", "Go modules", "the Go module proxy"),
    (("cargo",), r"cargo\s+(?:build|fetch|install|test)\b", "Rust packages", "crates.io"),
    (("dotnet",), r"dotnet\s+(?:restore|build|publish|test)\b", ".NET packages", "NuGet"),
    (("composer",), r"composer\s+install\b", "PHP packages", "Packagist"),
    (
        ("pip", "npm", "gem", "curl", "wget", "git", "yum", "dnf", "rpm"),
        r"(?:pip3?(?:\s+install)?|npm(?:\s+install)?|gem|curl|wget|git\s+clone|yum|yum-config-manager|dnf|rpm)\s[^\n;&|]*?https?://",
        "a download",
        "url",
    ),
    (
        ("Invoke-", "iwr", "irm", "Start-Bits"),
        r"(?:\$\w+\s*=\s*)?(?:Invoke-WebRequest|iwr|Invoke-RestMethod|irm|Start-BitsTransfer)\s[^\n;|]*?https?://",
        "a download",
        "url",
    ),
    (("Download",), r"[^\n]*?\bDownload(?:File|String)\(\s*[\"']https?://", "a download", "url"),
)

INDEXES = {
    "the Python package index", "the npm registry", "Maven Central", "RubyGems", "the Go module proxy", "crates.io", "NuGet", "Packagist"
}  # fmt: skip
OTHER_INDEX = compile_later(
    r"index-url|PIP_INDEX|PIP_NO_INDEX|UV_INDEX|UV_DEFAULT_INDEX|--no-index|--find-links|pip\.conf|--registry|npmrc|npm\s+config|"
    r"codeartifact|settings\.xml|\s-o\b[^\n]*\bmvn|mvn\s+(?:\S+\s+)*-o\b|--offline|GOPROXY|GOFLAGS|nuget\.config|NUGET_|"
    r"BUNDLE_|yarn\s+config|pnpm\s+config|--source\s|--mirror",
    re.IGNORECASE,
)
