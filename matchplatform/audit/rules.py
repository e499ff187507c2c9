"""What an audit row says and how the chain is computed."""

import hashlib
import json
from typing import Any

from matchplatform.core.rules import Choice, Choices

KINDS = Choices(Choice("account", "账号"), Choice("organization", "社会组织"), Choice("need", "需求"),
                Choice("offering", "供给"), Choice("pairing", "结对"), Choice("campaign", "行动"),
                Choice("contact", "联系方式"), Choice("export", "导出"), Choice("lexicon", "词表"),
                Choice("ranking", "匹配权重"),
                Choice("attachment", "附件"), Choice("import", "导入"), Choice("search", "保存的搜索"),
                Choice("template", "模板"), Choice("plan", "需求计划"), Choice("merger", "合并"),
                Choice("publication", "发布"), Choice("order", "群众点单"),
                Choice("delegation", "审批委托"), Choice("system", "系统"))

RESULTS = Choices(Choice("done", "成功", "go"), Choice("refused", "拒绝", "no"))

GENESIS = "0" * 64
FIELDS = ("at", "actor_id", "actor_name", "actor_role", "address", "act", "label", "kind", "object_id",
          "object_label", "county_code", "organization_id", "result", "reason", "detail")


def chain_hash(previous: str, values: dict[str, Any]) -> str:
    """SHA-256 over the previous hash and the row's values in a canonical JSON; 64 hex digits."""
    text = json.dumps([values[name] for name in FIELDS], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
