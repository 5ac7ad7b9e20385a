/** The coding agents whose hooks this gate speaks. */
export type Host = 'claude-code' | 'codex' | 'gemini' | 'cursor' | 'copilot';
