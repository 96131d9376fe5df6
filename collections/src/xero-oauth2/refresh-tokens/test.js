import { judgeTokens } from '../../_shared/tokens/judgeTokens';
import { showTokens } from '../../_shared/pages/showTokens';
import { storeTokens } from '../../_shared/tokens/storeTokens';

/** Keeps the new tokens. After a refusal, nothing is changed. */
const tokens = judgeTokens(
  pm.response,
  'this refresh token was replaced, unused for 60 days, or disconnected: if a server keeps this connection, send nothing here and ask its owner; if none does, send a new Consent link',
  'within 30 minutes',
);
if (tokens) {
  storeTokens(tokens);
  showTokens(true, 'Send this again before the date above, or hand this environment over to the server that does.');
}
