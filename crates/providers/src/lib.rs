//! Wire formats, SSE, retry, vendor data, the model catalogue, the demo provider.
