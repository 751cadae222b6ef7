/* Shows why a print may not start, until somebody has read it. */
$(function () {
    function LoquetViewModel() {
        this.onDataUpdaterPluginMessage = function (plugin, data) {
            if (plugin !== "loquet" || !data.refused) {
                return;
            }
            new PNotify({
                title: "Loquet",
                title_escape: true,
                text: data.refused,
                text_escape: true,
                type: "error",
                hide: false
            });
        };
    }
    OCTOPRINT_VIEWMODELS.push({construct: LoquetViewModel, dependencies: [], elements: []});
});
