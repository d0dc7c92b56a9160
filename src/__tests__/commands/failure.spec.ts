import { cut, MOST, sentence } from '../../commands/failure';
import { ApiError } from '../../models/remote';

describe('what is said of a failure', () => {
  it('has what, why and what to do', () => {
    const reason = new ApiError(
      'there is no such machine',
      404,
      'add it first'
    );
    expect(sentence(reason, 'nb.ipynb did not start')).toBe(
      'nb.ipynb did not start: there is no such machine → add it first'
    );
  });

  it('fits into a notification', () => {
    expect(cut('x'.repeat(MOST))).toBe('x'.repeat(MOST));
    expect(cut('x'.repeat(MOST + 1))).toHaveLength(MOST);
  });
});
