import * as React from 'react';

import type { IOutputFile } from '../api/types';
import { Commands } from '../ui/commands';
import { bytes } from '../ui/format';
import { Notice } from '../ui/notice';
import { CommandButton } from './commandButton';
import { RunPart } from './part';
import type { ShownRun } from './shownRun';

const MOST = 500; // rows in the page

/**
 * The files a run left behind.
 */
export class FilesTab extends RunPart {
  constructor(run: ShownRun) {
    super(run);
    this.addClass('jp-MlxFiles');
  }

  protected override render(): React.JSX.Element {
    return <Files run={this.run} />;
  }
}

function Files({ run }: { run: ShownRun }): React.JSX.Element {
  const { commands, trans } = run.context;
  const [filter, setFilter] = React.useState('');
  const files = run.model.detail?.outputs ?? [];
  if (files.length === 0) {
    return (
      <Notice
        title={run.isFinal ? trans.__('No files') : trans.__('No files yet')}
        text={trans.__(
          'What a run writes into the folder $JUPYTER_MLX_OUTPUTS, or leaves new beside its notebook, is listed here once it is over.'
        )}
      />
    );
  }
  const needle = filter.toLowerCase();
  const found = files.filter(({ path }) => path.toLowerCase().includes(needle));
  const size = found.reduce((sum, file) => sum + file.size, 0);
  return (
    <>
      <div className="jp-MlxMetrics-tools">
        <input
          type="search"
          className="jp-MlxInput"
          value={filter}
          placeholder={trans.__('Filter files')}
          aria-label={trans.__('Filter files')}
          onChange={event => {
            setFilter(event.target.value);
          }}
        />
        <span className="jp-MlxLog-count">
          {trans._n('%1 file', '%1 files', found.length)}, {bytes(size)}
        </span>
        <CommandButton
          commands={commands}
          command={Commands.fetchRun}
          args={{ run: run.id }}
          label={trans.__('Fetch all…')}
        />
      </div>
      <FileTable run={run} files={found.slice(0, MOST)} />
      {found.length > MOST && (
        <Notice
          title={trans.__('%1 more files', found.length - MOST)}
          text={trans.__('Filter to find one, or fetch all.')}
        />
      )}
    </>
  );
}

function FileTable({
  run,
  files
}: {
  run: ShownRun;
  files: IOutputFile[];
}): React.JSX.Element {
  const { trans } = run.context;
  return (
    <table className="jp-MlxTable jp-MlxFiles-table">
      <thead>
        <tr>
          <th scope="col">{trans.__('File')}</th>
          <th scope="col" className="jp-MlxTable-number">
            {trans.__('Size')}
          </th>
          <th scope="col">{trans.__('Where')}</th>
          <th scope="col">{trans.__('sha256')}</th>
        </tr>
      </thead>
      <tbody>
        {files.map(({ path, size, sha256, area }) => (
          <tr key={`${area}/${path}`}>
            <th scope="row">
              <a
                className="jp-MlxLink"
                href={run.model.outputUrl(path, area)}
                download
              >
                {path}
              </a>
            </th>
            <td className="jp-MlxTable-number">{bytes(size)}</td>
            <td>
              {area === 'work'
                ? trans.__('beside the notebook')
                : trans.__('outputs')}
            </td>
            <td>
              {sha256 && <code title={sha256}>{sha256.slice(0, 12)}</code>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
