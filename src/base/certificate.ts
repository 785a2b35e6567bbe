// A server's certificate, which may be renewed while it is in use.

/** PEM texts that belong together. */
export type Certificate = { readonly cert: string; readonly key: string }

export type CertificateSource = {
  readonly current: Certificate
  /** Calls `run` with every new one; ended by the function it answers. */
  onChange(run: (next: Certificate) => void): () => void
}
